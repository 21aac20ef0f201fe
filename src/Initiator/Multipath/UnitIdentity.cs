using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>Which logical unit a path leads to: its world-wide names and its serial number.</summary>
/// <param name="Serial">Unit serial number (page 80h); null when there is none.</param>
/// <param name="Names">NAA and EUI-64 designators of the unit (page 83h), in hexadecimal with their type in front.</param>
internal sealed record UnitIdentity(string? Serial, IReadOnlySet<string> Names)
{
    /// <summary>The identity that a unit's pages tell.</summary>
    public static UnitIdentity From(string? serial, IEnumerable<Designator> designators) => new(
        string.IsNullOrEmpty(serial) ? null : serial,
        designators
            .Where(static one => one is { Association: DesignatorAssociation.LogicalUnit, Type: DesignatorType.Naa or DesignatorType.Eui64 })
            .Select(static one => $"{one.Type} {Convert.ToHexString(one.Value.Span)}")
            .ToHashSet(StringComparer.Ordinal));

    /// <summary>Why two paths must not be taken for paths to one unit; null when they may.</summary>
    public string? Differs(UnitIdentity other) =>
        Names.Count == 0 || other.Names.Count == 0 ? "there is no NAA or EUI-64 designator that would tell that they lead to one unit"
        : !Names.Overlaps(other.Names) ? $"they lead to different units, {string.Join(", ", Names)} and {string.Join(", ", other.Names)}"
        : Serial is not null && other.Serial is not null && Serial != other.Serial ? $"their serial numbers differ, {Serial} and {other.Serial}"
        : null;
}
