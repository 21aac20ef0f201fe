using Blockwire.Trace.Streams;
using Blockwire.Trace.Words;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Which PDUs a connection may carry when: nothing but login before the full feature phase, nothing new behind a logout (RFC 7143 §6.3, §11.14).</summary>
internal sealed class PhaseRules : IRuleFamily
{
    public void OnPdu(TracedPdu pdu, ConnectionModel connection)
    {
        bool isLogin = pdu.Opcode is Opcode.LoginRequest or Opcode.LoginResponse;
        string name = PduLayout.NameOf(pdu.Opcode);
        switch (connection.Phase)
        {
            case ConnectionPhase.Unknown when isLogin:
                connection.Phase = ConnectionPhase.Login;
                break;
            case ConnectionPhase.Unknown:
                connection.Phase = ConnectionPhase.FullFeature;
                break;
            case ConnectionPhase.Login when !isLogin:
                pdu.Flag("7143/6.3", $"a {name} before the login is complete");
                break;
            case ConnectionPhase.FullFeature or ConnectionPhase.LoggingOut when isLogin:
                pdu.Flag("7143/6.3", $"a {name} after the login was complete");
                break;
            // New requests are meant: answers to the target's, and data of commands under way, may follow.
            case ConnectionPhase.LoggingOut when pdu.FromInitiator && IsNewRequest(pdu):
                pdu.Flag("7143/11.14", $"a {name} on a connection that a Logout Request closes");
                break;
            case ConnectionPhase.Over when connection.IsComplete:
                pdu.Flag(isLogin ? "7143/11.13.5" : "7143/11.14", $"a {name} on a connection that is over");
                break;
        }

        if (connection.Session.IsDiscovery && connection.Phase == ConnectionPhase.FullFeature
            && pdu.Opcode is not (Opcode.TextRequest or Opcode.TextResponse or Opcode.LogoutRequest or Opcode.LogoutResponse or Opcode.NopIn or Opcode.NopOut or Opcode.Reject or Opcode.AsyncMessage))
        {
            pdu.Flag("7143/4.3", $"a {name} in a discovery session");
        }
    }

    private static bool IsNewRequest(TracedPdu pdu) => pdu.Opcode
        is Opcode.ScsiCommand or Opcode.TaskManagementRequest or Opcode.TextRequest or Opcode.LogoutRequest
        || (pdu.Opcode == Opcode.NopOut && pdu.Header.InitiatorTaskTag != Bhs.ReservedTag);
}
