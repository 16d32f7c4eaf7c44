"""What each backend made of the robustness set, judged from stored transcripts."""
