/// The completion scripts of the argument parser, and what they need for locations on devices.
///
/// These are not offered by its custom completions: those would take the place of the shell's own for paths, its script for
/// bash evaluates what they print (`compgen -W`), and names come from devices.
enum CompletionScript {
  /// The script, with locations completed.
  static func whole(_ script: String) -> String {
    if script.hasPrefix("#!/bin/bash") { return script + bash }
    if script.hasPrefix("#compdef") {
      let tail = "if [[ \"${funcstack[1]}\" = _filesync ]]"
      return script.replacing(tail, with: zsh + tail)
    }
    return script.contains("function __filesync") ? script + fish : script
  }

  private static let bash = #"""


    # Locations on devices. Bash takes words apart at colons: here they are whole, and answers lose what stands before the
    # last colon. They are not evaluated, since devices choose their names, and quoted here: readline leaves some signs alone.
    __filesync_quote() {
        case "${1}" in
        \') [[ "${found}" != *\'* ]] ;;
        \")
            found="${found//\\/\\\\}" found="${found//\"/\\\"}" found="${found//\$/\\\$}" found="${found//\`/\\\`}"
            [[ "${found}" != *!* ]]
            ;;
        *) printf -v found '%q' "${found}" ;;
        esac
    }

    __filesync_whole_words() {
        local -a words=()
        local -i index cword=0
        local line="${COMP_LINE}" word
        for index in "${!COMP_WORDS[@]}"; do
            word="${COMP_WORDS[index]}"
            if [[ index -gt 0 && "${line}" != [[:space:]]* && ( "${word}" == :* || "${words[-1]}" == *: ) ]]; then
                words[-1]+="${word}"
            else
                words+=("${word}")
            fi
            [[ index -eq COMP_CWORD ]] && cword=$((${#words[@]} - 1))
            line="${line#"${line%%[![:space:]]*}"}"
            line="${line#"${word}"}"
        done

        local -r whole="${words[cword]}"
        local plain="${whole}" standing=''
        case "${whole}" in
        \'*) plain="${whole:1}" ;;
        \"*) plain="${whole:1}" plain="${plain//\\/}" ;;
        *) plain="${whole//\\/}" ;;
        esac
        [[ "${whole}" = "${COMP_WORDS[COMP_CWORD]}" ]] || standing="${plain%"${plain##*:}"}"

        local found
        if [[ cword -ge 2 && -n "${plain}" && ( "${plain}" == mtp:* || mtp: == "${plain}"* ) ]]; then
            while IFS='' read -r found; do
                found="${found#"${standing}"}"
                [[ "${plain}" != mtp:* ]] || __filesync_quote "${whole:0:1}" || continue
                COMPREPLY+=("${found}")
            done < <("${COMP_WORDS[0]}" complete-location -- "${plain}" 2>/dev/null)
            if [[ "${plain}" == mtp:* ]]; then
                compopt +o filenames 2>/dev/null
                [[ ${#COMPREPLY[@]} -ne 1 || "${COMPREPLY[0]}" != */ ]] || compopt -o nospace 2>/dev/null
                return
            fi
        fi

        COMP_WORDS=("${words[@]}")
        COMP_CWORD=${cword}
        _filesync "${1}" "${whole}" "${words[cword - 1]}"
        [[ -z "${standing}" ]] || COMPREPLY=("${COMPREPLY[@]#"${standing}"}")
    }

    complete -o filenames -F __filesync_whole_words filesync
    """#

  private static let zsh = #"""
    # Locations on devices. They are not evaluated, since devices choose their names; compadd quotes what it inserts.
    functions[__filesync_commands]="${functions[_filesync]}"

    _filesync() {
        local typed="${(Q)PREFIX}"
        if (( CURRENT > 2 )) && [[ -n "${typed}" && ( "${typed}" == mtp:* || mtp: == "${typed}"* ) ]]; then
            local -a found=("${(@f)$("${(Q)words[1]}" complete-location -- "${typed}" 2>/dev/null)}")
            local -a folders=("${(@M)found:#*/}") files=("${(@)found:#(|*/)}")
            [[ "${#folders[@]}" -eq 0 ]] || compadd -S '' -- "${folders[@]}"
            [[ "${#files[@]}" -eq 0 ]] || compadd -- "${files[@]}"
            [[ "${typed}" == mtp:* ]] && return
        fi
        __filesync_commands "${@}"
    }

    """#

  private static let fish = #"""


    # Locations on devices. They are not evaluated, since devices choose their names; fish quotes what it inserts.
    function __filesync_typed
        string unescape -- (commandline -ct) 2>/dev/null; or commandline -ct
    end

    function __filesync_types_location
        set -l typed (__filesync_typed)
        test (count (commandline -opc)) -ge 2; and test -n "$typed"; or return
        string match -q -- 'mtp:*' "$typed"; or string match -q -- "$typed*" 'mtp:'
    end

    function __filesync_locations
        set -l words (commandline -opc)
        command $words[1] complete-location -- (__filesync_typed) 2>/dev/null
    end

    # What follows the colon is no file here.
    functions -c __filesync_should_offer_completions_for_positional __filesync_should_offer_positional
    function __filesync_should_offer_completions_for_positional
        not string match -q -- 'mtp:*' (commandline -ct); and __filesync_should_offer_positional $argv
    end

    complete -c filesync -n __filesync_types_location -f -k -a '(__filesync_locations)'
    """#
}
