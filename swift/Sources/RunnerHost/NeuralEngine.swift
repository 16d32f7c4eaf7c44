import RunnerProtocol

#if canImport(Darwin)
import Darwin
#endif

/// What the system counts of this process on the Neural Engine; not zero hints at its use.
public enum NeuralEngine {
    /// Bytes at this moment; nil where the system does not count them.
    public static var footprint: Int? {
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
        return result == 0 ? Int(usage[place]) : nil
        #else
        return nil
        #endif
    }

    /// The footprint as `resolved` says it.
    public static func said(_ bytes: Int?) -> Scalar { bytes.map(Scalar.integer) ?? .null }
}
