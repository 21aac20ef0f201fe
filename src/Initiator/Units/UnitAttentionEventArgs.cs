using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>A unit attention: something has happened to a logical unit that its user should know of (SAM-5 §5.14).</summary>
/// <param name="sense">What the target said.</param>
/// <param name="problem">Why the facts that it touches could not be read anew; null when they were, or none are touched.</param>
public sealed class UnitAttentionEventArgs(SenseData sense, IOException? problem) : EventArgs
{
    /// <summary>What the target said.</summary>
    public SenseData Sense { get; } = sense;

    /// <summary>Why the facts that it touches could not be read anew; null when they were, or none are touched.</summary>
    public IOException? Problem { get; } = problem;

    /// <summary>CAPACITY DATA HAS CHANGED, or another medium: <see cref="LogicalUnit.Facts"/> have the new capacity unless there is a <see cref="Problem"/>.</summary>
    public bool CapacityChanged => Sense is { Asc: 0x2A, Ascq: 0x09 } or { Asc: 0x28 };

    /// <summary>REPORTED LUNS DATA HAS CHANGED: the target has other logical units now.</summary>
    public bool LunsChanged => Sense is { Asc: 0x3F, Ascq: 0x0E };

    /// <summary>MODE PARAMETERS CHANGED: write protection and caching may be other than before.</summary>
    public bool ModeParametersChanged => Sense is { Asc: 0x2A, Ascq: 0x00 or 0x01 };

    /// <summary>A reset: what was written and not flushed may be lost, and reservations may be gone.</summary>
    public bool Reset => Sense is { Asc: 0x29 };

    /// <summary>The target in words.</summary>
    public override string ToString() => SenseText.Of(Sense);
}
