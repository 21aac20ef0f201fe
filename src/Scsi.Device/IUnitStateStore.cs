namespace Blockwire.Scsi.Device;

/// <summary>
/// What a logical unit keeps over a loss of power: small documents, each under a name of its own, read when the unit is made and replaced as a whole. Persistent
/// reservations (SPC-4 §5.13.5) and saved mode pages (SPC-4 §5.10) are such documents.
/// </summary>
/// <remarks>Different names may be used at once; of one name there is one call at a time, which the user of the name sees to.</remarks>
public interface IUnitStateStore
{
    /// <summary>The document that was kept last under a name; null when none ever was. May wait for a disk: for start-up only.</summary>
    /// <param name="name">Lower-case letters, digits and hyphens.</param>
    /// <exception cref="UnitStateException">It is there and cannot be read.</exception>
    byte[]? Read(string name);

    /// <summary>Puts a document in the place of the one that the name has. Completes when it is on stable storage; never on the thread of the caller.</summary>
    /// <param name="name">Lower-case letters, digits and hyphens.</param>
    /// <param name="document">The whole document; lent until the task has ended.</param>
    /// <exception cref="UnitStateException">It could not be kept: a later reader finds the old document, or, if the failure came late, the new one.</exception>
    ValueTask ReplaceAsync(string name, ReadOnlyMemory<byte> document);
}
