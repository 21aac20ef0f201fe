namespace Blockwire.Protocol.Authentication;

/// <summary>CHAP as an initiator uses it: what it proves, and what proof it wants (RFC 7143 §12.1.3).</summary>
public sealed record ChapInitiatorOptions
{
    /// <summary>The name and secret that the initiator proves.</summary>
    public required ChapCredential Own { get; init; }

    /// <summary>
    /// The name and secret that the target must prove in return; null asks for no proof. When it is set, a login without the target's proof fails.
    /// </summary>
    public ChapCredential? Target { get; init; }

    /// <summary>True: no login without CHAP, even where the target would do without. Always so with <see cref="Target"/>.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Algorithms, best liked first, and the length of our challenge. RFC 7143 §12.1.3 wants MD5 among them always.</summary>
    public ChapPolicy Policy { get; init; } = ChapPolicy.Default;

    /// <summary>Throws when the options cannot be used.</summary>
    /// <exception cref="ChapOptionsException">It says why, without a secret.</exception>
    public void Validate()
    {
        Policy.Validate();
        ChapName.Validate(Own.Name);
        if (Target is not { } target)
        {
            return;
        }

        ChapName.Validate(target.Name);
        if (Own.Secret.Matches(target.Secret))
        {
            // With one secret for both directions, whoever reflects our challenge on another connection gets the proof from us.
            throw new ChapOptionsException(
                $"the CHAP secret of '{Own.Name}' is also what '{target.Name}' must prove; a secret must not serve both directions (RFC 7143 §9.2.1)");
        }
    }
}
