namespace Blockwire.Wire;

/// <summary>Login Request field map, RFC 7143 §11.12. Byte offsets into the BHS.</summary>
internal static class LoginRequestMap
{
    internal const int Flags = 1, VersionMax = 2, VersionMin = 3, Isid = 8, Tsih = 14, InitiatorTaskTag = 16, Cid = 20;
}

/// <summary>Window on a Login Request (RFC 7143 §11.12). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct LoginRequestView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>T bit.</summary>
    public bool Transit => (_bhs[LoginRequestMap.Flags] & LoginFlags.Transit) != 0;

    /// <summary>C bit.</summary>
    public bool Continue => (_bhs[LoginRequestMap.Flags] & LoginFlags.Continue) != 0;

    /// <summary>CSG.</summary>
    public LoginStage CurrentStage => LoginFlags.CurrentStage(_bhs[LoginRequestMap.Flags]);

    /// <summary>NSG.</summary>
    public LoginStage NextStage => LoginFlags.NextStage(_bhs[LoginRequestMap.Flags]);

    /// <summary>Version-max.</summary>
    public byte VersionMax => _bhs[LoginRequestMap.VersionMax];

    /// <summary>Version-min.</summary>
    public byte VersionMin => _bhs[LoginRequestMap.VersionMin];

    /// <summary>ISID: six bytes, first byte highest.</summary>
    public ulong Isid => Field.U48(_bhs, LoginRequestMap.Isid);

    /// <summary>TSIH.</summary>
    public ushort Tsih => Field.U16(_bhs, LoginRequestMap.Tsih);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, LoginRequestMap.InitiatorTaskTag);

    /// <summary>CID.</summary>
    public ushort Cid => Field.U16(_bhs, LoginRequestMap.Cid);
}

/// <summary>One step of a login (RFC 7143 §11.12). Keys are the data segment. Always immediate.</summary>
/// <param name="Transit">T bit: ready for the next stage.</param>
/// <param name="Continue">C bit: the keys go on in the next Login Request; excludes T (§11.12.2).</param>
/// <param name="CurrentStage">CSG.</param>
/// <param name="NextStage">NSG; <see cref="LoginStage.SecurityNegotiation"/> (0) without T, where it is reserved.</param>
/// <param name="VersionMax">Highest version supported.</param>
/// <param name="VersionMin">Lowest version supported.</param>
/// <param name="Isid">ISID, 48 bits (§11.12.5). All values are taken, those with the reserved type too.</param>
/// <param name="Tsih">TSIH; 0 for a new session.</param>
/// <param name="InitiatorTaskTag">The same through the whole login.</param>
/// <param name="Cid">Connection ID.</param>
public readonly record struct LoginRequest(
    bool Transit, bool Continue, LoginStage CurrentStage, LoginStage NextStage, byte VersionMax, byte VersionMin, ulong Isid, ushort Tsih,
    uint InitiatorTaskTag, ushort Cid)
{
    /// <summary>
    /// Reads and checks; whether the stages follow each other is for the login itself. The value is filled in whatever the outcome.
    /// </summary>
    public static PduCheck Parse(LoginRequestView view, out LoginRequest value)
    {
        value = new(
            view.Transit, view.Continue, view.CurrentStage, LoginFlags.MeantNextStage(view.Transit, view.NextStage), view.VersionMax,
            view.VersionMin, view.Isid, view.Tsih, view.InitiatorTaskTag, view.Cid);
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.InvalidField(Bhs.InitiatorTaskTagRule)
            : value.Transit && value.Continue ? PduCheck.ProtocolError("7143/11.12.2 C and T exclude each other")
            : value.CurrentStage == LoginFlags.ReservedStage ? PduCheck.ProtocolError("7143/11.12.3 the CSG is not the reserved one")
            : value.NextStage == LoginFlags.ReservedStage ? PduCheck.ProtocolError("7143/11.12.3 the NSG is not the reserved one")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. The NSG is sent as 0 without T.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.LoginRequest, immediate: true, LoginFlags.Pack(Transit, Continue, CurrentStage, NextStage));
        bhs[LoginRequestMap.VersionMax] = VersionMax;
        bhs[LoginRequestMap.VersionMin] = VersionMin;
        Field.Put48(bhs, LoginRequestMap.Isid, Isid);
        Field.Put16(bhs, LoginRequestMap.Tsih, Tsih);
        Field.Put32(bhs, LoginRequestMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put16(bhs, LoginRequestMap.Cid, Cid);
    }
}
