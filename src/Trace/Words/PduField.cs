namespace Blockwire.Trace.Words;

/// <summary>A field of a PDU as it is shown.</summary>
/// <param name="Name">As the RFC has it.</param>
/// <param name="Offset">First byte within the PDU; null where that says nothing.</param>
/// <param name="Length">Bytes; 0 for what is less than a byte or not of the wire.</param>
/// <param name="Value">The number, as it is written.</param>
/// <param name="Words">What it means; null when the number says it all.</param>
public readonly record struct PduField(string Name, int? Offset, int Length, string Value, string? Words = null)
{
    /// <summary>The number, for a field of the header that is one; a LUN and a CDB are none.</summary>
    public ulong? Number { get; init; }
}
