"""What happens when somebody signs up."""
