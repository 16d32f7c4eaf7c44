import Foundation

#if canImport(Darwin)
import Darwin
#endif

/// What a process can read of itself and of its system.
public enum Machine {
    /// The system's version and build: compiled programs are kept by it.
    public static var system: String { ProcessInfo.processInfo.operatingSystemVersionString }

    /// Bytes that the system counts of this process on the Neural Engine at this moment; null where
    /// it does not count them. Not zero hints at its use.
    public static var neuralBytes: Scalar {
        #if canImport(Darwin)
        // proc_pid_rusage(2), flavour 6: a uuid of two words, then 56 counters. Read by place, for
        // not every SDK declares the last ones.
        let (flavour, words, place) = (Int32(6), 64, 46)
        var usage = [UInt64](repeating: 0, count: words)
        let result = usage.withUnsafeMutableBytes { bytes in
            proc_pid_rusage(
                getpid(), flavour,
                bytes.baseAddress!.assumingMemoryBound(to: rusage_info_t?.self))
        }
        return result == 0 ? .integer(Int(usage[place])) : .null
        #else
        return .null
        #endif
    }
}
