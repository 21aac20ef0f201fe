namespace Blockwire.Protocol.Authentication;

/// <summary>The names that people have for <see cref="ChapAlgorithm"/>, strongest first.</summary>
public static class ChapAlgorithmName
{
    private static readonly (string Name, ChapAlgorithm Algorithm)[] Table =
    [
        ("SHA3-256", ChapAlgorithm.Sha3With256),
        ("SHA-256", ChapAlgorithm.Sha256),
        ("SHA-1", ChapAlgorithm.Sha1),
        ("MD5", ChapAlgorithm.Md5),
    ];

    /// <summary>All names, for messages.</summary>
    public static string Choice { get; } = string.Join('|', Table.Select(static row => row.Name));

    /// <summary>The algorithm of a name in any case, or null.</summary>
    /// <param name="name">Such as "SHA-256".</param>
    public static ChapAlgorithm? Find(string name)
    {
        foreach ((string known, ChapAlgorithm algorithm) in Table)
        {
            if (string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
            {
                return algorithm;
            }
        }

        return null;
    }

    /// <summary>The name of an algorithm.</summary>
    /// <param name="algorithm">Any of the four.</param>
    public static string Of(ChapAlgorithm algorithm) => Array.Find(Table, row => row.Algorithm == algorithm).Name;
}
