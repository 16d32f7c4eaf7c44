import CoreML
import Foundation

// As much of FluidAudio 0.15.6 as the adapter calls, with its labels, orders and defaults; the
// parameters nobody passes are left out.

public enum ModelHub {
    nonisolated(unsafe) public static var offlineMode = false
}

public enum AsrModelVersion: Sendable {
    case v2
    case v3

    var folderName: String { self == .v2 ? "parakeet-tdt-0.6b-v2" : "parakeet-tdt-0.6b-v3" }
}

public struct AsrModels: Sendable {
    public let version: AsrModelVersion

    /// Keeps the trap of the real one: the folder's last component is replaced by a fixed name.
    public static func load(
        from directory: URL, configuration: MLModelConfiguration? = nil,
        version: AsrModelVersion = .v3, encoderComputeUnits: MLComputeUnits? = nil
    ) async throws -> AsrModels {
        precondition(
            ModelHub.offlineMode, "a load online may delete the models and fetch them again")
        let folder = directory.deletingLastPathComponent().appendingPathComponent(
            version.folderName)
        let vocabulary = folder.appendingPathComponent("parakeet_vocab.json")
        guard FileManager.default.fileExists(atPath: vocabulary.path) else {
            throw ASRError.modelNotFound(vocabulary.path)
        }
        return AsrModels(version: version)
    }

    public static func defaultConfiguration() -> MLModelConfiguration { MLModelConfiguration() }
}
