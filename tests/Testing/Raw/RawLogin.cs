namespace Blockwire.Testing.Raw;

/// <summary>What a <see cref="RawInitiator"/> offers at login.</summary>
/// <param name="TargetName">Null for a discovery session.</param>
public sealed record RawLogin(string? TargetName)
{
    public string InitiatorName { get; init; } = "iqn.2026-11.local.blockwire:raw";

    /// <summary>48 bits. Sessions of one initiator name differ in it.</summary>
    public ulong Isid { get; init; } = 0x80_0000_000001;

    public ushort Cid { get; init; }

    /// <summary>"None", "CRC32C" or a list.</summary>
    public string Digests { get; init; } = "None";

    public string ImmediateData { get; init; } = "Yes";

    public string InitialR2T { get; init; } = "No";

    public int MaxConnections { get; init; } = 1;

    /// <summary>0 opens a session; that of a session joins it, or replaces its connection with the same CID.</summary>
    public ushort Tsih { get; init; }

    public int ErrorRecoveryLevel { get; init; }

    /// <summary>DataPDUInOrder and DataSequenceInOrder.</summary>
    public string DataInOrder { get; init; } = "Yes";

    public int DefaultTime2Wait { get; init; } = 2;

    public int DefaultTime2Retain { get; init; }

    public int MaxRecvDataSegmentLength { get; init; } = 262144;

    public int MaxBurstLength { get; init; } = 262144;

    public int FirstBurstLength { get; init; } = 65536;

    /// <summary>More keys, as KEY=VALUE.</summary>
    public IReadOnlyList<string> MoreKeys { get; init; } = [];

    public IReadOnlyList<string> Keys =>
    [
        $"InitiatorName={InitiatorName}",
        .. TargetName is null ? ["SessionType=Discovery"] : new[] { "SessionType=Normal", $"TargetName={TargetName}" },
        $"HeaderDigest={Digests}", $"DataDigest={Digests}", $"MaxRecvDataSegmentLength={MaxRecvDataSegmentLength}",
        .. Tsih != 0 ? Array.Empty<string>() : SessionKeys,
        .. MoreKeys,
    ];

    private string[] SessionKeys =>
    [
        $"DefaultTime2Wait={DefaultTime2Wait}", $"DefaultTime2Retain={DefaultTime2Retain}", $"ErrorRecoveryLevel={ErrorRecoveryLevel}",
        .. TargetName is null
            ? Array.Empty<string>()
            :
            [
                $"InitialR2T={InitialR2T}", $"ImmediateData={ImmediateData}", $"MaxBurstLength={MaxBurstLength}",
                $"FirstBurstLength={Math.Min(FirstBurstLength, MaxBurstLength)}",
                $"MaxConnections={MaxConnections}", "MaxOutstandingR2T=1", $"DataPDUInOrder={DataInOrder}", $"DataSequenceInOrder={DataInOrder}",
            ],
    ];

    /// <summary>The request from operational negotiation to the full feature phase.</summary>
    public RawFrame ToPdu(uint tag) => RawFrames.Login(Isid, Tsih, tag, Cid, 0x87, Keys);
}
