namespace Blockwire.Testing.Raw;

/// <summary>Opcodes, RFC 7143 §11.2.1.2.</summary>
public static class RawOpcode
{
    public const byte NopOut = 0x00;
    public const byte ScsiCommand = 0x01;
    public const byte TaskManagementRequest = 0x02;
    public const byte LoginRequest = 0x03;
    public const byte TextRequest = 0x04;
    public const byte DataOut = 0x05;
    public const byte LogoutRequest = 0x06;
    public const byte Snack = 0x10;
    public const byte NopIn = 0x20;
    public const byte ScsiResponse = 0x21;
    public const byte TaskManagementResponse = 0x22;
    public const byte LoginResponse = 0x23;
    public const byte TextResponse = 0x24;
    public const byte DataIn = 0x25;
    public const byte LogoutResponse = 0x26;
    public const byte ReadyToTransfer = 0x31;
    public const byte AsyncMessage = 0x32;
    public const byte Reject = 0x3F;

    /// <summary>What a target may send.</summary>
    public static bool IsFromTarget(byte opcode) => opcode is (>= NopIn and <= LogoutResponse) or ReadyToTransfer or AsyncMessage or Reject;
}
