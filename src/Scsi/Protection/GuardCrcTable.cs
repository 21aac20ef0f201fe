using System.Buffers.Binary;

namespace Blockwire.Scsi;

/// <summary>The guard's CRC by table, eight bytes at a time ("slicing by 8"), for every processor.</summary>
internal static class GuardCrcTable
{
    private const int Slices = 8;

    /// <summary>Eight tables of 256: the table k tells what a byte becomes after k more zero bytes.</summary>
    private static readonly ushort[] Tables = Build();

    internal static ushort Run(ushort crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ushort> tables = Tables;
        while (bytes.Length >= Slices)
        {
            ulong word = BinaryPrimitives.ReadUInt64BigEndian(bytes) ^ ((ulong)crc << 48);
            crc = (ushort)(tables[(7 * 256) + (byte)(word >> 56)] ^ tables[(6 * 256) + (byte)(word >> 48)]
                ^ tables[(5 * 256) + (byte)(word >> 40)] ^ tables[(4 * 256) + (byte)(word >> 32)]
                ^ tables[(3 * 256) + (byte)(word >> 24)] ^ tables[(2 * 256) + (byte)(word >> 16)]
                ^ tables[256 + (byte)(word >> 8)] ^ tables[(byte)word]);
            bytes = bytes[Slices..];
        }

        foreach (byte value in bytes)
        {
            crc = (ushort)((crc << 8) ^ tables[(byte)((crc >> 8) ^ value)]);
        }

        return crc;
    }

    private static ushort[] Build()
    {
        ushort[] tables = new ushort[Slices * 256];
        for (int value = 0; value < 256; value++)
        {
            ushort register = (ushort)(value << 8);
            for (int slice = 0; slice < Slices; slice++)
            {
                register = GuardCrcPolynomial.TimesX(register, 8);
                tables[(slice * 256) + value] = register;
            }
        }

        return tables;
    }
}
