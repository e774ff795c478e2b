"""Result tables: made from events, checked, read and written."""
