import RunnerHost
import SpeechAnalyzerAdapter

guard #available(macOS 26, *) else {
    fatalError("SpeechAnalyzer needs macOS 26; this is \(Machine.system)")
}
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--install" {
    try await SpeechAnalyzerEngine.install(CommandLine.arguments[2])
} else {
    await serve { SpeechAnalyzerEngine() }
}
