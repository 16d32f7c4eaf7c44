import CoreML

/// CoreML's compute units by their own names, as options and `resolved` say them.
public enum ComputeUnits: String, CaseIterable, Sendable {
    case cpuOnly, cpuAndGPU, cpuAndNeuralEngine, all

    public var units: MLComputeUnits {
        switch self {
        case .cpuOnly: .cpuOnly
        case .cpuAndGPU: .cpuAndGPU
        case .cpuAndNeuralEngine: .cpuAndNeuralEngine
        case .all: .all
        }
    }

    /// The device as `resolved` says it. Which unit computes what is CoreML's choice: these are the
    /// units allowed.
    public static func device(_ encoder: ComputeUnits, _ decoder: ComputeUnits) -> Scalar {
        .string(
            encoder == decoder ? encoder.rawValue : "\(encoder.rawValue), \(decoder.rawValue)")
    }
}
