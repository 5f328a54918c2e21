"""Files that lie in Slack: what each is, whether it can go to CRM, and its bytes as a stream."""
