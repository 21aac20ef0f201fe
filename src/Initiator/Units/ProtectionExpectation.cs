namespace Blockwire.Initiator;

/// <summary>What a target checks of protection information that it transfers (SBC-3, RDPROTECT and WRPROTECT).</summary>
public enum ProtectionChecks : byte
{
    /// <summary>Guard and tags, as far as the target knows what they should be.</summary>
    All = 1,

    /// <summary>The tags alone.</summary>
    Tags = 2,

    /// <summary>Nothing: what is stored, or to be stored, whatever it is.</summary>
    None = 3,

    /// <summary>The guard alone.</summary>
    Guard = 4,
}

/// <summary>What the protection information of a transfer is held against.</summary>
public readonly record struct ProtectionExpectation()
{
    /// <summary>What is checked.</summary>
    public ProtectionChecks Checks { get; init; } = ProtectionChecks.All;

    /// <summary>Type 2 alone: reference tag of the first block, one more for each further one; the low half of the LBA when null.</summary>
    public uint? ReferenceTag { get; init; }

    /// <summary>Type 2 alone: application tag of every block; checked while initiators own the tags (ATO of the control mode page).</summary>
    public ushort ApplicationTag { get; init; }

    /// <summary>The bits of <see cref="ApplicationTag"/> that count; none when nothing is said.</summary>
    public ushort ApplicationTagMask { get; init; }
}
