namespace Blockwire.Scsi;

/// <summary>A field of a CDB.</summary>
/// <param name="Name">As SPC-4 and SBC-3 have it.</param>
/// <param name="Offset">First byte in the CDB.</param>
/// <param name="Length">Bytes that it touches, up to 8.</param>
/// <param name="Mask">Its bits in these bytes, taken as one big-endian number.</param>
public readonly record struct CdbField(string Name, int Offset, int Length, ulong Mask)
{
    /// <summary>The field's value; 0 when the CDB ends before it.</summary>
    public ulong Read(ReadOnlySpan<byte> cdb)
    {
        if (cdb.Length < Offset + Length)
        {
            return 0;
        }

        ulong bytes = 0;
        for (int i = 0; i < Length; i++)
        {
            bytes = (bytes << 8) | cdb[Offset + i];
        }

        return (bytes & Mask) >> System.Numerics.BitOperations.TrailingZeroCount(Mask);
    }
}
