using Blockwire.Scsi;
using Blockwire.Target;

namespace Blockwire.Cli.Configuration;

/// <summary>Reads "portGroups" of a target.</summary>
internal static class PortGroupReader
{
    private static readonly AccessState[] States = [.. Enum.GetValues<AccessState>().Where(static state => state != AccessState.LogicalBlockDependent)];

    /// <exception cref="ConfigurationException">It says something wrong.</exception>
    public static IReadOnlyList<PortGroupOptions> Read(IReadOnlyList<PortGroupSection>? sections, string path)
    {
        List<PortGroupOptions> groups = [];
        foreach (PortGroupSection section in sections ?? [])
        {
            string at = $"{path}[{groups.Count}]";
            ushort tag = section.Tag ?? throw new ConfigurationException($"{at}.tag: missing");
            if (groups.Exists(it => it.Tag == tag))
            {
                throw new ConfigurationException($"{at}.tag: {tag} stands above already");
            }

            groups.Add(new(tag, State(section.State, at), section.Preferred ?? false));
        }

        return groups;
    }

    private static AccessState State(string? name, string at)
    {
        foreach (AccessState state in States)
        {
            if (name is null || AccessStates.Name(state) == name)
            {
                return state;
            }
        }

        throw new ConfigurationException($"{at}.state: '{name}' is none of {string.Join(", ", States.Select(AccessStates.Name))}");
    }
}
