namespace Blockwire.Wire;

/// <summary>
/// Arithmetic of polynomials over GF(2) modulo the generator of CRC32C, in the bit order of the register: bit 31 is the coefficient of x^0.
/// Feeding n zero bytes to the register multiplies it by x^(8n).
/// </summary>
internal static class Crc32CPolynomial
{
    /// <summary>The generator 0x1EDC6F41 in the bit order of the register, without its x^32.</summary>
    internal const uint Generator = 0x82F6_3B78;

    private const uint One = 0x8000_0000;

    /// <summary>x^(8 * 2^k) for every bit k of a byte count.</summary>
    private static readonly uint[] ByteShifts = BuildByteShifts();

    /// <summary>The product of two polynomials.</summary>
    internal static uint Multiply(uint left, uint right)
    {
        uint product = 0;
        while (left != 0)
        {
            product ^= (left & One) != 0 ? right : 0;
            left <<= 1;
            right = TimesX(right);
        }

        return product;
    }

    /// <summary>x^(8 * bytes).</summary>
    internal static uint PowerOfByteShift(int bytes)
    {
        uint power = One;
        for (int bit = 0; bytes >> bit != 0; bit++)
        {
            if (((bytes >> bit) & 1) != 0)
            {
                power = Multiply(ByteShifts[bit], power);
            }
        }

        return power;
    }

    internal static uint TimesX(uint polynomial) => (polynomial >> 1) ^ ((polynomial & 1) != 0 ? Generator : 0);

    private static uint[] BuildByteShifts()
    {
        uint[] shifts = new uint[31];
        shifts[0] = One >> 8;
        for (int bit = 1; bit < shifts.Length; bit++)
        {
            shifts[bit] = Multiply(shifts[bit - 1], shifts[bit - 1]);
        }

        return shifts;
    }
}
