using Blockwire.Protocol.Keys;

namespace Blockwire.Protocol.Negotiation;

/// <summary>The values agreed so far: the other of the two places that tie a key name to a property.</summary>
internal sealed class Parameters(SessionParameters session)
{
    public SessionParameters Session { get; private set; } = session;

    public ConnectionParameters Connection { get; set; } = ConnectionParameters.Default;

    /// <summary>Stores a result that was checked against its row.</summary>
    public void Store(string key, string result)
    {
        switch (key)
        {
            case KeyName.HeaderDigest:
                Connection = Connection with { HeaderDigest = Digest(result) };
                break;
            case KeyName.DataDigest:
                Connection = Connection with { DataDigest = Digest(result) };
                break;
            default:
                Session = StoreInSession(key, result);
                break;
        }
    }

    private SessionParameters StoreInSession(string key, string result) => key switch
    {
        KeyName.MaxConnections => Session with { MaxConnections = Number(result) },
        KeyName.InitialR2T => Session with { InitialR2T = IsYes(result) },
        KeyName.ImmediateData => Session with { ImmediateData = IsYes(result) },
        KeyName.MaxBurstLength => Session with { MaxBurstLength = Number(result) },
        KeyName.FirstBurstLength => Session with { FirstBurstLength = Number(result) },
        KeyName.DefaultTime2Wait => Session with { DefaultTime2Wait = Number(result) },
        KeyName.DefaultTime2Retain => Session with { DefaultTime2Retain = Number(result) },
        KeyName.MaxOutstandingR2T => Session with { MaxOutstandingR2T = Number(result) },
        KeyName.DataPDUInOrder => Session with { DataPDUInOrder = IsYes(result) },
        KeyName.DataSequenceInOrder => Session with { DataSequenceInOrder = IsYes(result) },
        KeyName.ErrorRecoveryLevel => Session with { ErrorRecoveryLevel = Number(result) },
        KeyName.TaskReporting => Session with { TaskReporting = TaskReportingName.Parse(result) },
        KeyName.ProtocolLevel => Session with { ProtocolLevel = Number(result) },
        _ => throw new System.Diagnostics.UnreachableException($"{key} has no place among the parameters."),
    };

    private static DigestKind Digest(string result) => result == "CRC32C" ? DigestKind.Crc32C : DigestKind.None;

    private static bool IsYes(string result) => result == KeyConstant.Yes;

    // An answer to a proposal of ours may come in hexadecimal.
    private static int Number(string result) => NumberValue.TryParse(result, out ulong number)
        ? (int)number
        : throw new System.Diagnostics.UnreachableException($"{result} was checked to be a number.");
}
