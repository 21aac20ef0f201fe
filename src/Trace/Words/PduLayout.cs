using Blockwire.Wire;

namespace Blockwire.Trace.Words;

/// <summary>
/// Every field of a PDU's BHS. From the rows follow what is printed, and which bits are reserved: those that no row covers. The codec has the offsets for itself, and a
/// test holds the two together.
/// </summary>
internal sealed class PduLayout
{
    private readonly byte[] _reserved = new byte[Bhs.Length];

    public PduLayout(Opcode opcode, string name, string section, params IEnumerable<FieldRow> rows)
    {
        (Opcode, Name, Section) = (opcode, name, section);
        Rows = [.. rows.OrderBy(static row => row.Offset)];
        Array.Fill(_reserved, (byte)0xFF);
        _reserved[0] = (byte)(Bhs.IsFromInitiator(opcode) ? 0x80 : 0xC0); // the opcode itself, and what an initiator's I bit is
        foreach (FieldRow row in Rows)
        {
            row.Cover(_reserved);
        }
    }

    public Opcode Opcode { get; }

    /// <summary>As the RFC titles it.</summary>
    public string Name { get; }

    /// <summary>Where the RFC defines it.</summary>
    public string Section { get; }

    public IReadOnlyList<FieldRow> Rows { get; }

    /// <summary>A 1 for each bit that is reserved whatever the other fields say.</summary>
    public ReadOnlySpan<byte> ReservedBits => _reserved;

    /// <summary>The layout of an opcode, or null for one that is not defined.</summary>
    public static PduLayout? Of(Opcode opcode) => PduLayouts.Find(opcode);

    /// <summary>Name of any opcode.</summary>
    public static string NameOf(Opcode opcode) => Of(opcode)?.Name ?? $"opcode 0x{(byte)opcode:x2}";

    /// <summary>Are all reserved bits 0, and all fixed bits 1?</summary>
    public bool HasNothingReserved(ReadOnlySpan<byte> bhs)
    {
        for (int i = 0; i < _reserved.Length; i++)
        {
            if ((bhs[i] & _reserved[i]) != 0)
            {
                return false;
            }
        }

        foreach (FieldRow row in Rows)
        {
            if (row.IsFixedOne && row.Read(bhs) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
