import RunnerHost
import SpeechAnalyzerAdapter

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--install" {
    try await SpeechAnalyzerEngine.install(CommandLine.arguments[2])
} else {
    await serve { SpeechAnalyzerEngine() }
}
