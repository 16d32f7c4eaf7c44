// As much of Apple's framework as the adapters call; compiled where there is no CoreML.

public enum MLComputeUnits: Int, Sendable {
    case cpuOnly = 0
    case cpuAndGPU = 1
    case all = 2
    case cpuAndNeuralEngine = 3
}

open class MLModelConfiguration {
    open var computeUnits = MLComputeUnits.all

    public init() {}
}
