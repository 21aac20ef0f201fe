using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Multimedia;

/// <summary>Makes the sector that a block has on a CD: synchronisation, header, user data, error detection and correction (ECMA-130 §14, §15, annex A).</summary>
internal static class Mode1Sector
{
    /// <summary>Bytes of a whole sector.</summary>
    public const int Length = 2352;

    /// <summary>Where the parts begin.</summary>
    public const int HeaderAt = 12, DataAt = 16, DetectionAt = DataAt + (int)CdMedium.BlockBytes, ParityPAt = DetectionAt + 12, ParityQAt = ParityPAt + 172;

    private const uint ReversedEdcPolynomial = 0xD8018001;
    private const int FieldPolynomial = 0x11D;
    private const byte Mode1 = 1;

    private static readonly uint[] EdcTable = MakeEdcTable();
    private static readonly byte[] Doubled = MakeDoubled();
    private static readonly byte[] DividedBy3 = MakeDividedBy3();

    /// <summary>Completes a sector whose user data is in its place.</summary>
    /// <param name="lba">Its block.</param>
    /// <param name="sector">All of its bytes.</param>
    public static void Complete(uint lba, Span<byte> sector)
    {
        sector[..HeaderAt].Fill(0xFF);
        (sector[0], sector[HeaderAt - 1]) = (0, 0);
        CdMedium.WriteMsf(lba, sector[HeaderAt..]);
        for (int i = HeaderAt; i < HeaderAt + 3; i++)
        {
            sector[i] = (byte)(sector[i] / 10 << 4 | sector[i] % 10);
        }

        sector[HeaderAt + 3] = Mode1;
        BinaryPrimitives.WriteUInt32LittleEndian(sector[DetectionAt..], Edc(sector[..DetectionAt]));
        sector[(DetectionAt + 4)..ParityPAt].Clear();

        // P: 86 columns of 24 bytes. Q: 52 diagonals of 43 bytes, over P as well. Both over the bytes from the header on, two parity bytes each.
        WriteParity(sector, columns: 86, rows: 24, step: 86, next: 2, ParityPAt);
        WriteParity(sector, columns: 52, rows: 43, step: 88, next: 86, ParityQAt);
    }

    /// <summary>Error detection code: CRC of 32 bits over the polynomial (x^16 + x^15 + x^2 + 1)(x^16 + x^2 + x + 1), least significant bit first.</summary>
    private static uint Edc(ReadOnlySpan<byte> bytes)
    {
        uint edc = 0;
        foreach (byte each in bytes)
        {
            edc = (edc >> 8) ^ EdcTable[(byte)(edc ^ each)];
        }

        return edc;
    }

    /// <summary>Reed-Solomon product code over GF(2^8): parity that makes the sum, and the sum weighted with powers of two, zero along each row.</summary>
    private static void WriteParity(Span<byte> sector, int columns, int rows, int step, int next, int at)
    {
        int size = columns * rows;
        for (int column = 0; column < columns; column++)
        {
            int index = column / 2 * next + (column & 1);
            byte weighted = 0, sum = 0;
            for (int row = 0; row < rows; row++)
            {
                byte each = sector[HeaderAt + index];
                index += step;
                index -= index >= size ? size : 0;
                weighted = Doubled[weighted ^ each];
                sum ^= each;
            }

            weighted = DividedBy3[Doubled[weighted] ^ sum];
            sector[at + column] = weighted;
            sector[at + columns + column] = (byte)(weighted ^ sum);
        }
    }

    private static uint[] MakeEdcTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) != 0 ? ReversedEdcPolynomial : 0);
            }

            table[i] = value;
        }

        return table;
    }

    private static byte[] MakeDoubled()
    {
        byte[] table = new byte[256];
        for (int i = 0; i < 256; i++)
        {
            table[i] = (byte)(i << 1 ^ (i >= 128 ? FieldPolynomial : 0));
        }

        return table;
    }

    private static byte[] MakeDividedBy3()
    {
        byte[] table = new byte[256];
        for (int i = 0; i < 256; i++)
        {
            table[i ^ Doubled[i]] = (byte)i;
        }

        return table;
    }
}
