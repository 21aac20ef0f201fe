using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>Which stages may follow each other, and which bits go together (RFC 7143 §6.3, §11.12.1 to §11.12.3).</summary>
internal static class StageRules
{
    /// <summary>Checks the stage fields of a request.</summary>
    /// <param name="current">The stage the login is in, or null before its first request.</param>
    /// <param name="request">The request.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Check(LoginStage? current, in LoginRequest request)
    {
        if (request.CurrentStage is not (LoginStage.SecurityNegotiation or LoginStage.LoginOperationalNegotiation))
        {
            return $"CSG {(int)request.CurrentStage} is not a stage to be in";
        }

        if (current is { } stage && stage != request.CurrentStage)
        {
            return $"CSG {(int)request.CurrentStage} where the login is in stage {(int)stage}";
        }

        if (!request.Transit)
        {
            return null;
        }

        return request.Continue ? "both T and C are set"
            : !IsAhead(request.CurrentStage, request.NextStage) ? $"no way from stage {(int)request.CurrentStage} to stage {(int)request.NextStage}"
            : null;
    }

    private static bool IsAhead(LoginStage from, LoginStage to) =>
        to == LoginStage.FullFeaturePhase ||
        (from == LoginStage.SecurityNegotiation && to == LoginStage.LoginOperationalNegotiation);
}
