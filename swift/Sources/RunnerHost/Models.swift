import Foundation

/// What a folder of CoreML models must hold before a library sees it: some libraries look for what
/// is missing on the network instead, or delete the folder.
public enum ModelFolder {
    /// Throw `Refusal.badModel` naming what is missing; an empty file counts as missing.
    public static func require(_ names: [String], in folder: String) throws {
        let missing = names.filter { !isThere("\(folder)/\($0)") }
        guard missing.isEmpty else {
            throw Refusal.badModel("\(folder) has no \(missing.joined(separator: " and no "))")
        }
    }

    /// The files that make a compiled model complete.
    public static func compiled(_ model: String) -> [String] {
        ["coremldata.bin", "model.mil", "weights/weight.bin"].map { "\(model).mlmodelc/\($0)" }
    }

    /// Files in a hub's cache are links.
    private static func isThere(_ path: String) -> Bool {
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        return ((try? file.resourceValues(forKeys: [.fileSizeKey]))?.fileSize ?? 0) > 0
    }
}
