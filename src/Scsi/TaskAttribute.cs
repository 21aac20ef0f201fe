namespace Blockwire.Scsi;

/// <summary>Task attributes (SAM-5 §8.6; the wire values are those of RFC 7143 §11.3.1).</summary>
public enum TaskAttribute : byte
{
    /// <summary>The initiator did not say; treated as simple.</summary>
    Untagged = 0,

    /// <summary>May be reordered.</summary>
    Simple = 1,

    /// <summary>After everything older, before everything younger.</summary>
    Ordered = 2,

    /// <summary>Before everything that has not begun.</summary>
    HeadOfQueue = 3,

    /// <summary>Belongs to an auto contingent allegiance. There is none here, so such a command is refused.</summary>
    Aca = 4,
}
