namespace Blockwire.Wire;

/// <summary>Login Response field map, RFC 7143 §11.13. Byte offsets into the BHS.</summary>
internal static class LoginResponseMap
{
    internal const int Flags = 1, VersionMax = 2, VersionActive = 3, Isid = 8, Tsih = 14, InitiatorTaskTag = 16, Status = 36;
}

/// <summary>Window on a Login Response (RFC 7143 §11.13). Knows offsets only.</summary>
/// <param name="bhs">At least 48 bytes.</param>
public readonly ref struct LoginResponseView(ReadOnlySpan<byte> bhs)
{
    private readonly ReadOnlySpan<byte> _bhs = bhs[..Bhs.Length];

    /// <summary>The fields common to all PDUs.</summary>
    public BhsView Common => new(_bhs);

    /// <summary>T bit.</summary>
    public bool Transit => (_bhs[LoginResponseMap.Flags] & LoginFlags.Transit) != 0;

    /// <summary>C bit.</summary>
    public bool Continue => (_bhs[LoginResponseMap.Flags] & LoginFlags.Continue) != 0;

    /// <summary>CSG.</summary>
    public LoginStage CurrentStage => LoginFlags.CurrentStage(_bhs[LoginResponseMap.Flags]);

    /// <summary>NSG.</summary>
    public LoginStage NextStage => LoginFlags.NextStage(_bhs[LoginResponseMap.Flags]);

    /// <summary>Version-max.</summary>
    public byte VersionMax => _bhs[LoginResponseMap.VersionMax];

    /// <summary>Version-active.</summary>
    public byte VersionActive => _bhs[LoginResponseMap.VersionActive];

    /// <summary>ISID: six bytes, first byte highest.</summary>
    public ulong Isid => Field.U48(_bhs, LoginResponseMap.Isid);

    /// <summary>TSIH.</summary>
    public ushort Tsih => Field.U16(_bhs, LoginResponseMap.Tsih);

    /// <summary>Initiator Task Tag.</summary>
    public uint InitiatorTaskTag => Field.U32(_bhs, LoginResponseMap.InitiatorTaskTag);

    /// <summary>Status-Class and Status-Detail. The value may be unnamed.</summary>
    public LoginStatus Status => (LoginStatus)Field.U16(_bhs, LoginResponseMap.Status);
}

/// <summary>The answer to one step of a login (RFC 7143 §11.13). Keys are the data segment.</summary>
/// <param name="Transit">T bit: the next stage begins.</param>
/// <param name="Continue">C bit: the keys go on in the next Login Response; excludes T.</param>
/// <param name="CurrentStage">CSG.</param>
/// <param name="NextStage">NSG; <see cref="LoginStage.SecurityNegotiation"/> (0) without T, where it is reserved.</param>
/// <param name="VersionMax">Highest version the target supports.</param>
/// <param name="VersionActive">The version in use.</param>
/// <param name="Isid">ISID, 48 bits: that of the request.</param>
/// <param name="Tsih">TSIH; of a new session in its final response only (§11.13.3).</param>
/// <param name="InitiatorTaskTag">That of the request.</param>
/// <param name="Status">Status-Class and Status-Detail.</param>
public readonly record struct LoginResponse(
    bool Transit, bool Continue, LoginStage CurrentStage, LoginStage NextStage, byte VersionMax, byte VersionActive, ulong Isid,
    ushort Tsih, uint InitiatorTaskTag, LoginStatus Status)
{
    /// <summary>
    /// Reads and checks; of a refusal (Status-Class not 0) only lengths, since its flags say nothing more. The value is filled in whatever
    /// the outcome.
    /// </summary>
    public static PduCheck Parse(LoginResponseView view, out LoginResponse value)
    {
        value = new(
            view.Transit, view.Continue, view.CurrentStage, LoginFlags.MeantNextStage(view.Transit, view.NextStage), view.VersionMax,
            view.VersionActive, view.Isid, view.Tsih, view.InitiatorTaskTag, view.Status);
        PduCheck lengths = Bhs.CheckNoAhs(view.Common);
        return !lengths.IsOk ? lengths
            : (ushort)value.Status >> 8 != 0 ? PduCheck.Ok
            : value.InitiatorTaskTag == Bhs.ReservedTag ? PduCheck.Format(Bhs.InitiatorTaskTagRule)
            : value.Transit && value.Continue ? PduCheck.Format("7143/11.12.2 C and T exclude each other")
            : value.CurrentStage == LoginFlags.ReservedStage ? PduCheck.Format("7143/11.12.3 the CSG is not the reserved one")
            : value.NextStage == LoginFlags.ReservedStage ? PduCheck.Format("7143/11.12.3 the NSG is not the reserved one")
            : PduCheck.Ok;
    }

    /// <summary>Writes the 48 bytes; lengths and sequence numbers stay 0. The NSG is sent as 0 without T.</summary>
    public void Emit(Span<byte> bhs)
    {
        Bhs.Begin(bhs, Opcode.LoginResponse, immediate: false, LoginFlags.Pack(Transit, Continue, CurrentStage, NextStage));
        bhs[LoginResponseMap.VersionMax] = VersionMax;
        bhs[LoginResponseMap.VersionActive] = VersionActive;
        Field.Put48(bhs, LoginResponseMap.Isid, Isid);
        Field.Put16(bhs, LoginResponseMap.Tsih, Tsih);
        Field.Put32(bhs, LoginResponseMap.InitiatorTaskTag, InitiatorTaskTag);
        Field.Put16(bhs, LoginResponseMap.Status, (ushort)Status);
    }
}
