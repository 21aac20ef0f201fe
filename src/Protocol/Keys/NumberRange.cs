namespace Blockwire.Protocol.Keys;

/// <summary>The numbers a key admits, both ends included.</summary>
/// <param name="Lowest">Smallest legal value.</param>
/// <param name="Highest">Largest legal value.</param>
public readonly record struct NumberRange(uint Lowest, uint Highest)
{
    /// <summary>True when <paramref name="value"/> lies in the range.</summary>
    /// <param name="value">The number to test.</param>
    public bool Holds(ulong value) => value >= Lowest && value <= Highest;

    /// <inheritdoc/>
    public override string ToString() => $"{Lowest}..{Highest}";
}
