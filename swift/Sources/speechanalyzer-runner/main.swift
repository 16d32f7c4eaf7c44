import Foundation
import RunnerHost
import SpeechAnalyzerAdapter

guard #available(macOS 26, *) else {
    FileHandle.standardError.write(Data("SpeechAnalyzer needs macOS 26\n".utf8))
    exit(1)
}
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--install" {
    try await SpeechAnalyzerEngine.install(CommandLine.arguments[2])
} else {
    await serve { SpeechAnalyzerEngine() }
}
