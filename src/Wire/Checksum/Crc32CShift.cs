namespace Blockwire.Wire;

/// <summary>Moves a register on by a fixed count of zero bytes with four table lookups.</summary>
internal sealed class Crc32CShift
{
    /// <summary>Four tables of 256: the table k tells what byte k of the register becomes.</summary>
    private readonly uint[] _tables = new uint[4 * 256];

    internal Crc32CShift(int zeroBytes)
    {
        uint power = Crc32CPolynomial.PowerOfByteShift(zeroBytes);
        for (int i = 0; i < _tables.Length; i++)
        {
            _tables[i] = Crc32CPolynomial.Multiply(power, (uint)(i & 0xFF) << (i / 256 * 8));
        }
    }

    internal uint Apply(uint register)
    {
        ReadOnlySpan<uint> tables = _tables;
        return tables[(byte)register] ^ tables[256 + (byte)(register >> 8)] ^ tables[512 + (byte)(register >> 16)]
            ^ tables[768 + (byte)(register >> 24)];
    }
}
