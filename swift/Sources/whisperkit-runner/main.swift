import RunnerHost
import WhisperKitAdapter

await serve { WhisperKitEngine() }
