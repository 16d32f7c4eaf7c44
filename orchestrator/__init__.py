"""The orchestrator: plans, provisions, measures, scores and reports."""
