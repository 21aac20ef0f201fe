namespace Blockwire.Wire;

/// <summary>Stages of the login phase, CSG and NSG (RFC 7143 §11.12.3). The value 2 is reserved.</summary>
public enum LoginStage : byte
{
    /// <summary>SecurityNegotiation.</summary>
    SecurityNegotiation = 0,

    /// <summary>LoginOperationalNegotiation.</summary>
    LoginOperationalNegotiation = 1,

    /// <summary>FullFeaturePhase.</summary>
    FullFeaturePhase = 3,
}

/// <summary>Byte 1 of a Login Request and of a Login Response: T, C, CSG and NSG.</summary>
internal static class LoginFlags
{
    internal const byte Transit = 0x80, Continue = 0x40;
    internal const LoginStage ReservedStage = (LoginStage)2;

    internal static LoginStage CurrentStage(byte flags) => (LoginStage)((flags >> 2) & 3);

    internal static LoginStage NextStage(byte flags) => (LoginStage)(flags & 3);

    /// <summary>NSG is valid with T only (§11.12.3).</summary>
    internal static LoginStage MeantNextStage(bool transit, LoginStage nextStage) => transit ? nextStage : LoginStage.SecurityNegotiation;

    internal static byte Pack(bool transit, bool @continue, LoginStage currentStage, LoginStage nextStage) => (byte)(
        (transit ? Transit : 0) | (@continue ? Continue : 0) | (((byte)currentStage & 3) << 2)
        | ((byte)MeantNextStage(transit, nextStage) & 3));
}
