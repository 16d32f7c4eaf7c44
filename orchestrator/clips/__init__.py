"""What is transcribed: audio files, corpora, synthetic speech, the robustness set."""
