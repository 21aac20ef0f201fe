using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Tests;

/// <summary>Where a CDB says how long its parameter data may be (allocation length) or is (parameter list length), by SPC-4 §4.2.2 and the exceptions to it.</summary>
internal static class LengthFields
{
    /// <summary>Does the command answer with parameter data, up to an allocation length?</summary>
    public static bool HasAllocationLength(CommandSpec row) =>
        row.Has(CommandFlags.DataIn) && (row.Flags & (CommandFlags.ReadsBlocks | CommandFlags.WritesBlocks)) == CommandFlags.None && row.OperationCode != OperationCode.ReadCapacity10;

    /// <summary>Does the command take a parameter list, of a length that the CDB has?</summary>
    public static bool HasListLength(CommandSpec row) =>
        row.Has(CommandFlags.DataOut) && (row.Flags & (CommandFlags.WritesBlocks | CommandFlags.VerifiesBlocks)) == CommandFlags.None
        && row.OperationCode is not (OperationCode.FormatUnit or OperationCode.ReassignBlocks);

    /// <summary>A CDB with another length in this field.</summary>
    public static byte[] With(CommandSpec row, byte[] cdb, int length)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(number, length);
        byte[] changed = [.. cdb];
        Range field = Of(row);
        number[^changed[field].Length..].CopyTo(changed.AsSpan(field));
        return changed;
    }

    private static Range Of(CommandSpec row) => row.OperationCode switch
    {
        OperationCode.Inquiry or OperationCode.ReceiveDiagnosticResults or OperationCode.SendDiagnostic => 3..5,
        OperationCode.PersistentReserveOut => 5..9,
        OperationCode.WriteBuffer or OperationCode.ReadBuffer => 6..9,
        _ => (row.OperationCode >> 5) switch
        {
            0 => 4..5,
            1 or 2 => 7..9,
            4 => 10..14,
            5 => 6..10,
            _ => throw new InvalidOperationException($"{row.Name}: say where its length stands"),
        },
    };
}
