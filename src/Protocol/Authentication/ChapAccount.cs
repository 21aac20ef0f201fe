namespace Blockwire.Protocol.Authentication;

/// <summary>Somebody who may log in.</summary>
/// <param name="Credential">The name and secret that the initiator proves.</param>
public sealed record ChapAccount(ChapCredential Credential)
{
    /// <summary>
    /// The only initiator, by its normalised iSCSI name, that may use the account; null lets every one. It ties the identity to the name, so
    /// that one initiator cannot pass for another (RFC 7143 §9.2).
    /// </summary>
    public string? InitiatorName { get; init; }

    /// <summary>What the target proves to this account; null leaves it to <see cref="ChapOptions.Target"/>.</summary>
    public ChapCredential? Target { get; init; }
}
