using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>The directory's answer to a login that is otherwise complete.</summary>
/// <param name="Status">Success, or the reason to refuse.</param>
/// <param name="Tsih">The session's handle; never 0 on success (RFC 7143 §11.13.3).</param>
/// <param name="ExpCmdSN">ExpCmdSN of the final response.</param>
/// <param name="MaxCmdSN">MaxCmdSN of the final response.</param>
/// <param name="Admitted">Whatever the directory wants to find in <see cref="LoginOutcome.Admitted"/>.</param>
/// <param name="Why">One line for the log when refused.</param>
public readonly record struct LoginAdmission(
    LoginStatus Status, ushort Tsih, Serial32 ExpCmdSN, Serial32 MaxCmdSN, object? Admitted, string? Why)
{
    /// <summary>Lets the connection in.</summary>
    /// <param name="tsih">The session's handle, not 0.</param>
    /// <param name="expCmdSN">ExpCmdSN of the final response.</param>
    /// <param name="maxCmdSN">MaxCmdSN of the final response.</param>
    /// <param name="admitted">Object to hand on.</param>
    public static LoginAdmission Accept(ushort tsih, Serial32 expCmdSN, Serial32 maxCmdSN, object? admitted) =>
        new(LoginStatus.Success, tsih, expCmdSN, maxCmdSN, admitted, null);

    /// <summary>Turns the connection away.</summary>
    /// <param name="status">Any status but success.</param>
    /// <param name="why">One line for the log.</param>
    public static LoginAdmission Refuse(LoginStatus status, string why) => new(status, 0, default, default, null, why);
}
