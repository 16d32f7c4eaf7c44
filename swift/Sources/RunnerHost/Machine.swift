import Foundation

/// What a process can read of itself and of its system.
public enum Machine {
    /// This process's own peak of memory, bytes, from Linux; elsewhere the orchestrator asks.
    static var peakBytes: Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map {
            $0 * 1024
        }
    }

    /// The system's version and build: compiled programs are kept by it.
    public static var system: String { ProcessInfo.processInfo.operatingSystemVersionString }
}
