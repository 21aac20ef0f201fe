namespace Blockwire.Scsi;

/// <summary>Polynomials over GF(2) modulo the generator of the guard; bit 15 is the coefficient of x^15.</summary>
internal static class GuardCrcPolynomial
{
    /// <summary>The generator, without its x^16.</summary>
    internal const ushort Generator = 0x8BB7;

    /// <summary>The polynomial multiplied by x^n.</summary>
    internal static ushort TimesX(ushort polynomial, int n)
    {
        for (int i = 0; i < n; i++)
        {
            polynomial = (ushort)((polynomial << 1) ^ ((polynomial & 0x8000) != 0 ? Generator : 0));
        }

        return polynomial;
    }

    /// <summary>x^n.</summary>
    internal static ushort PowerOfX(int n) => TimesX(1, n);
}
