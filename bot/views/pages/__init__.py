"""What people see in a browser: whole pages as text, drawn by pure functions."""
