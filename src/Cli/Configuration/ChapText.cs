using System.Diagnostics.CodeAnalysis;
using Blockwire.Protocol.Authentication;

namespace Blockwire.Cli.Configuration;

/// <summary>A name and a secret, as users write them. No message repeats what was written: it may be the secret.</summary>
internal static class ChapText
{
    /// <summary>USER:SECRET; the first colon parts them.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out ChapCredential? credential, [NotNullWhen(false)] out string? problem)
    {
        credential = null;
        if (text.Split(':', 2) is not [{ Length: > 0 } user, { Length: > 0 } secret])
        {
            problem = "not USER:SECRET";
            return false;
        }

        return TryRead(user, secret, out credential, out problem);
    }

    /// <summary>The two apart.</summary>
    public static bool TryRead(
        string user, string secret, [NotNullWhen(true)] out ChapCredential? credential, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            credential = new(user, ChapSecret.FromText(secret));
            problem = null;
            return true;
        }
        catch (ChapOptionsException refusal)
        {
            credential = null;
            problem = refusal.Message;
            return false;
        }
    }
}
