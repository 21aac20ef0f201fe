using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>Who may send a key, and when: the columns of its row (RFC 7143 §6.3: a key out of its stage is a protocol error).</summary>
internal static class KeyPermission
{
    /// <summary>Checks every key of a login request.</summary>
    /// <param name="keys">Keys of one logical text data segment.</param>
    /// <param name="stage">The stage they came in.</param>
    /// <param name="isFirst">True for the first segment of the login.</param>
    /// <returns>The first fault, or null.</returns>
    public static KeyFault? Check(IReadOnlyList<OfferedKey> keys, LoginStage stage, bool isFirst)
    {
        KeyStages now = stage == LoginStage.SecurityNegotiation ? KeyStages.Security : KeyStages.Operational;
        foreach (OfferedKey key in keys)
        {
            if (key.Row is not { } row)
            {
                continue;
            }

            if (row.FromInitiator == KeyStages.None)
            {
                return new(row.Section, $"{row.Name} is not for an initiator to send");
            }

            if (!row.FromInitiator.HasFlag(now))
            {
                return new("7143/6.3", $"{row.Name} is not allowed in the {now} stage");
            }

            if (row.FirstRequestOnly && !isFirst)
            {
                return new("7143/6.3", $"{row.Name} must stand in the first request");
            }
        }

        return null;
    }
}
