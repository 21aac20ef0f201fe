namespace Blockwire.Protocol.Keys;

/// <summary>The value constants of RFC 7143 §6.1 and §6.2.</summary>
public static class KeyConstant
{
    /// <summary>Boolean true.</summary>
    public const string Yes = "Yes";

    /// <summary>Boolean false.</summary>
    public const string No = "No";

    /// <summary>A function that is absent; only valid where it was proposed (§6.2.1).</summary>
    public const string None = "None";

    /// <summary>Answer: not acceptable, the current value stays (§6.2).</summary>
    public const string Reject = "Reject";

    /// <summary>Answer: of no meaning in this negotiation (§6.2).</summary>
    public const string Irrelevant = "Irrelevant";

    /// <summary>Answer: a key from outside the RFCs (§6.2).</summary>
    public const string NotUnderstood = "NotUnderstood";

    /// <summary>True for the words that may answer but never be proposed (§6.2).</summary>
    /// <param name="value">The proposed value.</param>
    public static bool IsAnswerOnly(string value) => value is Reject or Irrelevant or NotUnderstood;
}
