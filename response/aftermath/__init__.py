"""What follows a response: stand-down, report, aftercare, rebuilding, lessons, praise and blame (F1-F4)."""
